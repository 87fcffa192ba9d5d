-- Forgets an edge whose users were all reported, unless it has come back.
-- KEYS: the leases, the claims. ARGV: the dead edge, now.
-- Returns 'gone' or 'back'.
redis.call('HDEL', KEYS[2], ARGV[1])
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ends and tonumber(ends) > tonumber(ARGV[2]) then
  return { 'back' }
end
redis.call('ZREM', KEYS[1], ARGV[1])
return { 'gone' }
