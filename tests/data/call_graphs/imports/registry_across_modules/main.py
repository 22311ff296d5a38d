import plugins
from registry import run
run("x")
