"""What leads out of the case loop: live news, webhooks to other systems, each event once and for certain."""
