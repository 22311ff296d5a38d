import errors

raise errors.group.Bad
