#!/usr/bin/env bash
# OSMnx 2.1.1: the values of merged edges come in another order in every run.
#
# simplify_graph makes one edge of the edges between two junctions. Where their tags differ it
# keeps a list of the different values: list(set(values)). Expected: the values in the order of the
# parts, or any order that is the same in each run. Seen: strings stand in the order of their
# hashes, which Python draws anew in each process, so [0] is 'primary' in one run and 'residential'
# in the next, of the same file with the same code. The lengths of the parts are gone as well.
#
# Why it matters: code that takes the first class or limit of such a list (a common recipe) gives a
# street another default speed, and so another drive time, from run to run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check osmnx==2.1.1 networkx==3.6.1

cat > "$folder/town.py" <<'PY'
import networkx as nx
import osmnx as ox

graph = nx.MultiDiGraph(crs="EPSG:4326")
for node in range(4):
    graph.add_node(node, x=-85.70 + 0.01 * node, y=38.20)
for node, way in enumerate(("primary", "tertiary", "residential")):
    tags = {"osmid": 10 + node, "highway": way, "length": 874.0}
    graph.add_edge(node, node + 1, oneway=False, reversed=False, **tags)
    graph.add_edge(node + 1, node, oneway=False, reversed=True, **tags)
print(ox.__version__, *ox.simplify_graph(graph).edges[0, 3, 0]["highway"])
PY

for seed in 0 1 2 3 4 5 6 7; do
    PYTHONHASHSEED=$seed "$folder/venv/bin/python" "$folder/town.py"
done | tee "$folder/seen"
orders=$(sort -u "$folder/seen" | wc -l)
first=$(cut -d' ' -f2 "$folder/seen" | sort -u | wc -l)
echo "orders seen in 8 runs: $orders; values that stood first: $first"
[ "$orders" -gt 1 ] && [ "$first" -gt 1 ]
