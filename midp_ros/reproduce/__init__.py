"""Studies of the texts that this project grew out of: what each claims, measured here, and its page.

Imports everything but ROS and the command line; a study loads torch, pybullet or matplotlib where it uses them.

    study -> parts -> (the command line runs what is missing) -> results, one JSON file each -> tables, figures, page

study     what a study is: its claim, its parts, its page's content
kept      a part's result on the disk, and whether it is still the one that is asked for
page      the page as Markdown
Each study has a folder of its own here, which imports these and no other study.
"""
