"""The pages, one module each: NAV is (path, label), `pages(site)` yields what is written."""
