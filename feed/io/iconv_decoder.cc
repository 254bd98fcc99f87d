#include "feed/io/iconv_decoder.h"

#include <fmt/format.h>
#include <iconv.h>

#include <array>
#include <utility>

namespace walkit {
namespace {

/// A character that PostgreSQL converts to another one than iconv does.
struct Replacement {
  std::string_view iconv;
  std::string_view server;
};
constexpr auto kJis2004 = std::to_array<Replacement>({{"\uFFE3", "\u203E"}, {"\uFFE5", "\u00A5"}});

struct Encoding {
  std::string_view name;   ///< PostgreSQL's
  const char* iconv_name;  ///< nullptr if there is none
  std::span<const Replacement> replacements = {};
};

constexpr std::int32_t kSqlAscii = 0;
constexpr std::int32_t kUtf8 = 6;
constexpr std::int32_t kFirstOfOneByte = 8;  ///< from here on a character is a byte

/// By number, as pg_enc counts them; those behind are for clients only.
constexpr auto kEncodings = std::to_array<Encoding>({
    {"SQL_ASCII", "UTF-8"},
    {"EUC_JP", "EUC-JP-MS"},  // whose wave dash and minus are those of Microsoft, as in PostgreSQL
    {"EUC_CN", "EUC-CN"},
    {"EUC_KR", "EUC-KR"},
    {"EUC_TW", "EUC-TW"},
    {"EUC_JIS_2004", "EUC-JISX0213", kJis2004},
    {"UTF8", "UTF-8"},
    {"MULE_INTERNAL", nullptr},
    {"LATIN1", "ISO-8859-1"},
    {"LATIN2", "ISO-8859-2"},
    {"LATIN3", "ISO-8859-3"},
    {"LATIN4", "ISO-8859-4"},
    {"LATIN5", "ISO-8859-9"},
    {"LATIN6", "ISO-8859-10"},
    {"LATIN7", "ISO-8859-13"},
    {"LATIN8", "ISO-8859-14"},
    {"LATIN9", "ISO-8859-15"},
    {"LATIN10", "ISO-8859-16"},
    {"WIN1256", "CP1256"},
    {"WIN1258", "CP1258"},
    {"WIN866", "CP866"},
    {"WIN874", "CP874"},
    {"KOI8R", "KOI8-R"},
    {"WIN1251", "CP1251"},
    {"WIN1252", "CP1252"},
    {"ISO_8859_5", "ISO-8859-5"},
    {"ISO_8859_6", "ISO-8859-6"},
    {"ISO_8859_7", "ISO-8859-7"},
    {"ISO_8859_8", "ISO-8859-8"},
    {"WIN1250", "CP1250"},
    {"WIN1253", "CP1253"},
    {"WIN1254", "CP1254"},
    {"WIN1255", "CP1255"},
    {"WIN1257", "CP1257"},
    {"KOI8U", "KOI8-U"},
});

/// An open iconv.
class Conversion {
 public:
  explicit Conversion(const char* from) : handle_(from ? iconv_open("UTF-8", from) : none()) {}
  ~Conversion() {
    if (valid()) iconv_close(handle_);
  }
  Conversion(Conversion&& other) noexcept : handle_(std::exchange(other.handle_, none())) {}
  Conversion& operator=(Conversion&&) = delete;

  bool valid() const { return handle_ != none(); }

  [[nodiscard]] bool append(std::string_view text, std::string& out) const {
    constexpr std::size_t kMostGrowth = 6;  // one byte that becomes two characters of three
    const std::size_t start = out.size();
    out.resize(start + kMostGrowth * text.size());
    char* from = const_cast<char*>(text.data());  // iconv does not change it
    std::size_t from_left = text.size();
    char* to = out.data() + start;
    std::size_t to_left = out.size() - start;
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    const bool converted =
        convert(&from, &from_left, &to, &to_left) && convert(nullptr, nullptr, &to, &to_left);
    out.resize(converted ? out.size() - to_left : start);
    return converted;
  }

 private:
  static iconv_t none() { return reinterpret_cast<iconv_t>(-1); }  // NOLINT(performance-no-int-to-ptr)

  /// Without input: gives what is still held back.
  bool convert(char** from, std::size_t* from_left, char** to, std::size_t* to_left) const {
    return iconv(handle_, from, from_left, to, to_left) != static_cast<std::size_t>(-1);
  }

  iconv_t handle_;
};

class IconvDecoder final : public TextDecoder {
 public:
  IconvDecoder(Conversion conversion, std::span<const Replacement> replacements)
      : conversion_(std::move(conversion)), replacements_(replacements) {}

  [[nodiscard]] bool decode(std::string_view text, std::string& out) const override {
    const std::size_t start = out.size();
    if (!conversion_.append(text, out)) return false;
    for (const Replacement& each : replacements_)
      for (std::size_t at = start; (at = out.find(each.iconv, at)) != std::string::npos;)
        out.replace(at, each.iconv.size(), each.server);
    return true;
  }

 private:
  Conversion conversion_;
  std::span<const Replacement> replacements_;
};

/// As iconv converts each byte alone: PostgreSQL does not join a letter and the accent that follows, which
/// some of iconv's conversions do.
class ByteDecoder final : public TextDecoder {
 public:
  explicit ByteDecoder(const Conversion& conversion) {
    for (std::size_t i = 0; i < characters_.size(); ++i) {
      const char byte = static_cast<char>(i);
      if (!conversion.append({&byte, 1}, characters_[i])) characters_[i].clear();
    }
  }

  [[nodiscard]] bool decode(std::string_view text, std::string& out) const override {
    const std::size_t start = out.size();
    for (const char c : text) {
      const std::string& character = characters_[static_cast<unsigned char>(c)];
      if (character.empty()) {
        out.resize(start);
        return false;
      }
      out += character;
    }
    return true;
  }

 private:
  std::array<std::string, 256> characters_;  ///< empty: there is none
};

}  // namespace

std::expected<std::unique_ptr<TextDecoder>, std::string> open_decoder(std::int32_t encoding) {
  if (encoding == kSqlAscii || encoding == kUtf8) return std::make_unique<Utf8Decoder>();
  if (encoding < 0 || std::cmp_greater_equal(encoding, kEncodings.size()))
    return std::unexpected(fmt::format("there is no server encoding {}", encoding));
  const Encoding& found = kEncodings[static_cast<std::size_t>(encoding)];
  Conversion conversion(found.iconv_name);
  if (!conversion.valid())
    return std::unexpected(fmt::format("could not convert encoding {} to UTF8 on this system", found.name));
  if (encoding >= kFirstOfOneByte) return std::make_unique<ByteDecoder>(conversion);
  return std::make_unique<IconvDecoder>(std::move(conversion), found.replacements);
}

}  // namespace walkit
