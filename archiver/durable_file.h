// A file that is there whole and for good, or not at all.
#pragma once

#include <memory>
#include <string>

#include "archiver/place_file.h"

namespace walkit {

/// Written under a temporary name in the same directory, which its writer holds a lock on; see
/// directory_store.h.
class DurableFile final : public PendingObject {
 public:
  /// Begins the file `name` of `directory`.
  static StoreResult<std::unique_ptr<PendingObject>> create(OpenDirectory directory, std::string name,
                                                            const FileModes& modes, PlaceMethod first);
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;
  ~DurableFile() override;

  StoreResult<void> write(ByteSpan bytes) override;
  StoreResult<void> publish() override;

 private:
  enum class State : std::uint8_t { writing, failed, placed };

  DurableFile(OpenDirectory directory, std::string name, std::string temporary, std::string path,
              UniqueFd file, PlaceMethod first)
      : directory_(std::move(directory)),
        name_(std::move(name)),
        temporary_(std::move(temporary)),
        path_(std::move(path)),
        file_(std::move(file)),
        first_method_(first) {}
  StoreResult<void> refuse() const;
  StoreResult<void> write_all(ByteSpan bytes);
  StoreResult<void> sync_and_place();

  OpenDirectory directory_;
  std::string name_;
  std::string temporary_;
  std::string path_;  ///< what messages call it, which is the name it is to have
  UniqueFd file_;
  PlaceMethod first_method_;
  State state_ = State::writing;
};

}  // namespace walkit
