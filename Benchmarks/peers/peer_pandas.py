"""pandas: peer_pandas.py csv-read FILE prints the time of read_csv."""

import os
import statistics
import sys
import time

import pandas

from workloads import cannot, emit, peak_megabytes


def main():
    if sys.argv[1] != "csv-read":
        cannot(sys.argv[1])
    path = sys.argv[2]
    seconds = []
    for round in range(4):
        start = time.perf_counter()
        table = pandas.read_csv(path)
        seconds.append(time.perf_counter() - start)
        # Of the first time alone: later ones find memory that earlier ones left behind.
        if round == 0:
            peak = peak_megabytes()
        rows = len(table)
        del table
    emit("csv-read", seconds=statistics.median(seconds[1:]), rows=rows, peak_megabytes=peak,
         megabytes=os.path.getsize(path) / 1e6)


main()
