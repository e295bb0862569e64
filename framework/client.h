// What is to be included by a handler that opens connections of its own, such as a proxy's: peer.host().connect(…), as
// pinwheel/net/connector.h says. They live on the loop of the connection that asked for them.
#pragma once

#include "pinwheel/net/address.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
