from m import obj, table

obj.go()
table["a"]()
