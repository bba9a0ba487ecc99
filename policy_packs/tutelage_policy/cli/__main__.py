"""``python -m tutelage_policy.cli`` is ``tutelage-pack``."""

import sys

from tutelage_policy.cli.main import main

sys.exit(main())
