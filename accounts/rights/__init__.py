"""Rights: one table, and the doors that ask it.

`table` holds the rules, `context` who asks, `standing` how he is related to a thing,
and `permissions` the guards of API views and pages.
"""
