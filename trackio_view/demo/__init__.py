"""The demo: a real training in a process of its own, whose traces go with the viewer."""

from trackio_view.demo.launch import DemoFault, finished_demo, started_demo

__all__ = ["DemoFault", "finished_demo", "started_demo"]
