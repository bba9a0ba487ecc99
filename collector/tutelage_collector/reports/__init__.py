"""Reports as people take them away: tables, CSV, JSON, PDF."""
