"""可用不可见: data that is worked with and does not leave; what comes of it leaves after a check and a person's release."""
