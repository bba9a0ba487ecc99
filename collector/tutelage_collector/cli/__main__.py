"""``python -m tutelage_collector.cli`` is ``tutelage-collector``."""

import sys

from tutelage_collector.cli.main import main

sys.exit(main())
