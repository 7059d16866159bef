"""The views of the page, one folder each: info, figure, view, template."""
