def size(x):
    return len(x)


words = sorted(["b", "a"], key=size)
words.sort(key=lambda word: size(word))
