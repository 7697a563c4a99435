using System.Runtime.InteropServices;

namespace Cocoon.Cryptography.Native;

/// <summary>An owned pointer; null is invalid.</summary>
internal abstract class NativeHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;
}

/// <summary>An EVP_PKEY. OpenSSL lets several threads use one at a time, each with a context of its own.</summary>
internal sealed class KeyHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>An EVP_MD_CTX: the state of one signature or verification.</summary>
internal sealed class DigestContextHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.EVP_MD_CTX_free(handle);
        return true;
    }
}

/// <summary>An EVP_PKEY_CTX: the state of one key agreement.</summary>
internal sealed class KeyContextHandle : NativeHandle
{
    protected override bool ReleaseHandle()
    {
        OpenSsl.EVP_PKEY_CTX_free(handle);
        return true;
    }
}
