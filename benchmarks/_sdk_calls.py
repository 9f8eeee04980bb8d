"""Run in the released SDK's environment: `get_agent` at two addresses in turn, and print the seconds of each call.

python _sdk_calls.py ADDRESS ADDRESS AGENT_ID ROUNDS PER_ROUND
"""

import json
import sys
import time


def main() -> None:
    from julep.client import JulepApi

    *addresses, agent_id, rounds, per_round = sys.argv[1:]
    clients = [JulepApi(api_key="none", base_url=f"{address}/api") for address in addresses]
    seconds: list[list[float]] = [[] for _ in clients]
    for n in range(-2, int(rounds)):
        for i in sorted(range(len(clients)), reverse=n % 2 == 1):
            begun = time.perf_counter()
            for _ in range(int(per_round)):
                clients[i].get_agent(agent_id)
            if n >= 0:
                seconds[i].append((time.perf_counter() - begun) / int(per_round))
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
