import web


@web.route("/")
def index():
    pass


index()
