import a

a.fa()
