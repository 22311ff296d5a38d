class Box:
    def __len__(self):
        return 0

    def __call__(self):
        pass

    def __getitem__(self, key):
        return self.take

    def take(self):
        pass


box = Box()
len(box)
box()
box[0]()
