"""Who may do what: accounts, roles with an area, sessions, phones, enrolment, audit."""
