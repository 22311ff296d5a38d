def words(text):
    return text.split()


text = "a b"
upper = text.upper()
words(upper)
names = [1]
names.append(2)
table = {}
table.update({"a": 1})
