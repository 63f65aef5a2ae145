"""Training windows drawn anew from each other, by what a task's scene has in common with itself; imports core."""
