-- What wrk asks a node for: `wrk … -s bench/load.lua URL -- KIND ENTITIES`, the requests of load.py by a client that costs the
-- cores next to nothing. Prints one JSON object at the end, with the number of requests that were refused.

local asked = {}

function asked.update(id)
  local value = '{"type":"Property","value":' .. math.random(0, 299) .. "}"
  return wrk.format("PATCH", "/ngsi-ld/v1/entities/" .. id .. "/attrs/pm25", {["content-type"] = "application/json"}, value)
end

function asked.retrieve(id)
  return wrk.format("GET", "/ngsi-ld/v1/entities/" .. id)
end

function asked.query()
  local near = string.format("georel=near;maxDistance==2000&geometry=Point&coordinates=[%.3f,31]", 121 + math.random())
  return wrk.format("GET", "/ngsi-ld/v1/entities?type=AirQualityObserved&q=pm25%3E" .. math.random(0, 199) .. "&" .. near .. "&limit=20")
end

function init(arguments)
  local kind, entities = asked[arguments[1]], tonumber(arguments[2])
  math.randomseed(os.time())
  request = function()
    return kind("urn:ngsi-ld:AirQualityObserved:bench:" .. math.random(0, entities - 1))
  end
end

function done(summary, latency)
  local errors = summary.errors
  local refused = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  local rate = summary.requests / summary.duration * 1e6
  io.write(string.format('{"rate": %f, "p50": %f, "p99": %f, "refused": %d}\n',
    rate, latency:percentile(50) / 1000, latency:percentile(99) / 1000, refused))
end
