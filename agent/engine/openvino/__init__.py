"""The OpenVINO engine: a converted model on the CPU, with paged attention and adapter inputs."""
