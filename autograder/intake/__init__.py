"""From a download to one `Submission` for each student. Nothing is unpacked to a disk or executed.

discover     whose submission lies where: layout, platforms, tree, attempts, roster
submission   read_submission: collect the bytes, have them read confined, check what comes back
             collect, request, confined, record
inspect      what needs a person before anything is graded

Confined, and nowhere else, run
reader       one submission: archives, entries, parts, logs
listing      the archive of a class, and a platform's metadata
"""
