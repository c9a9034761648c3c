"""Answers questions with ClusterShell's NodeSet, one JSON object per line.

{"expand": LIST}  -> {"names": [...]} or {"error": "..."}
{"fold": [NAME...]} -> {"text": LIST}
{"group": LIST}   -> like expand, with the group sources of the environment
"""
import json
import sys

from ClusterShell.NodeSet import NodeSet, RESOLVER_NOGROUP


def answer(ask):
    try:
        if "fold" in ask:
            return {"text": str(NodeSet.fromlist(ask["fold"], resolver=RESOLVER_NOGROUP))}
        if "group" in ask:
            return {"names": list(NodeSet(ask["group"]))}
        return {"names": list(NodeSet(ask["expand"], resolver=RESOLVER_NOGROUP))}
    except Exception as exc:  # also ValueError and AssertionError, which ClusterShell does not wrap
        return {"error": "%s: %s" % (type(exc).__name__, exc)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
