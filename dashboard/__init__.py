"""What people see: pages, reports and the API, all of them reading answers from db."""
