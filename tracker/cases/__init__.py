"""The case loop: from a report to a closed case with an answer, with deadlines and figures that can be checked."""
