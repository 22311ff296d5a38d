from contextlib import contextmanager
class Conn:
    def query(self): pass
    def close(self): pass
@contextmanager
def open_it():
    c = Conn()
    try:
        yield c
    finally:
        c.close()
with open_it() as conn:
    conn.query()
