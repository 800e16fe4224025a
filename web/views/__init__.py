"""What pages and the API show, as plain data made from records. No HTML, no HTTP, no clock."""
