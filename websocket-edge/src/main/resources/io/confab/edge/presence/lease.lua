-- Renews an edge's lease, and claims one edge whose lease has run out, if any that nobody holds.
-- KEYS: the leases (sorted set, edge by end), the claims (hash, dead edge to end of the claim).
-- ARGV: edge, now, the end of the lease and of a claim.
-- Returns 'lost' where the edge had no lease any more, else 'held'; then the dead edge, if claimed.
local edge, now = ARGV[1], tonumber(ARGV[2])
local before = redis.call('ZSCORE', KEYS[1], edge)
redis.call('ZADD', KEYS[1], ARGV[3], edge)
redis.call('HDEL', KEYS[2], edge)
local answer = { (before and tonumber(before) > now) and 'held' or 'lost' }

for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])) do
  local claimed = redis.call('HGET', KEYS[2], dead)
  if not claimed or tonumber(claimed) <= now then
    redis.call('HSET', KEYS[2], dead, ARGV[3])
    answer[2] = dead
    break
  end
end
return answer
