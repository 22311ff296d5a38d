key = "b"
