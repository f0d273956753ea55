"""Does the site file still fit the pages? What matches, what does not, what to write instead."""
