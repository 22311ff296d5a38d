# -*- coding: utf-8 -*-
import os.path
from base import Base as Root


class Old(Root):
    size = 1

    def __init__(self, name, größe=2):
        self.name = name
        print "old", name

    def show(self, items):
        try:
            for item in items:
                self.draw(item)
        except ValueError, error:
            raise RuntimeError, error
        return Old(self.name)

    def draw(self, item):
        total = os.path.join(item, "é")
        exec "1" in {}
        return total
