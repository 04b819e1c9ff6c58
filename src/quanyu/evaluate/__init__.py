"""Was the problem solved (问题解决度), were people satisfied (用户满意度), and what next year's budget follows from it."""
