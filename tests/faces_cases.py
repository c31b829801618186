"""What several tests of the faces share."""

HOSTILE = '<img src=x onerror="alert(1)">'
