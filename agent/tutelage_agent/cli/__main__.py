"""``python -m tutelage_agent.cli`` is ``tutelage-agent``."""

import sys

from tutelage_agent.cli.main import main

sys.exit(main())
