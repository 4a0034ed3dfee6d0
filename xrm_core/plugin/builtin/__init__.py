"""The plugin that the platform itself is: the built-in field types, users and departments, through the same hooks as a stranger's."""
