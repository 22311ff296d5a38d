def connect(): pass
def ping(): pass
class Client:
    def send(self):
        connect()
