"""Ray from inside: whatever of it is not documented is touched in this folder, and nowhere else.

``tests/sweep/cluster/test_ray_private.py`` looks at every part in the installed version, and tells what of ours
needs it;
``pyproject.toml`` bounds the versions. Each file here imports Ray only when it is asked: who submits a job needs little
of it, and Ray reads its environment when it is imported.
"""
