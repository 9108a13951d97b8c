"""From a request to a result: a plan with its proof, or the reasons why there is none."""
