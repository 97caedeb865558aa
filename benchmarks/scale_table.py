def table(bench):
    import json
    return json.dumps({s:{k:{x:y for x,y in v.items() if x!='models'} for k,v in d.items()} for s,d in bench.results.items()}, indent=1)
