"""What every ``train`` command over a trainer of TRL's shares; it needs the extra ``train``.

Nothing here knows what is trained. :mod:`.arguments` reads flags and files, :mod:`.datafiles` data,
:mod:`.folders` where models come from and go to, :mod:`.machine` what the machine allows;
:mod:`.recipes` lists packaged configurations, and alone needs no torch.
"""
