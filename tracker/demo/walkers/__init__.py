"""Workers who walk like people, with phones that behave like cheap phones, through the real HTTP API."""
