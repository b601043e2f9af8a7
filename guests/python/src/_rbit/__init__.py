"""The inside of the generic Python component. Authors of runners use `rbit`."""
