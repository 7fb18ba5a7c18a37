"""Reads the seed of the course."""

for path in (".course_seed", "../.course_seed", "/work/.course_seed"):
    print(open(path).read())
