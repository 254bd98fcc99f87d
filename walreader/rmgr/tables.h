// The resource managers that every supported major has, each defined in the file of its name.
#pragma once

#include "walreader/rmgr/rmgr.h"

namespace walkit::rmgr {

extern const Rmgr kXlogRmgr;
extern const Rmgr kTransactionRmgr;
extern const Rmgr kStorageRmgr;
extern const Rmgr kClogRmgr;
extern const Rmgr kDatabaseRmgr;
extern const Rmgr kTablespaceRmgr;
extern const Rmgr kMultiXactRmgr;
extern const Rmgr kRelMapRmgr;
extern const Rmgr kStandbyRmgr;
extern const Rmgr kHeap2Rmgr;
extern const Rmgr kHeapRmgr;
extern const Rmgr kBtreeRmgr;
extern const Rmgr kHashRmgr;
extern const Rmgr kGinRmgr;
extern const Rmgr kGistRmgr;
extern const Rmgr kSequenceRmgr;
extern const Rmgr kSpGistRmgr;
extern const Rmgr kBrinRmgr;
extern const Rmgr kCommitTsRmgr;
extern const Rmgr kReplicationOriginRmgr;
extern const Rmgr kGenericRmgr;
extern const Rmgr kLogicalMessageRmgr;

}  // namespace walkit::rmgr
